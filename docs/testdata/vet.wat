(module
  ;; What it asks the server for: one fact of the question, by its name.
  (import "postern_v1" "fact_get" (func $fact_get (param i32 i32 i32 i32) (result i32)))

  (memory (export "memory") 2)
  (global $free (mut i32) (i32.const 4096))

  ;; DescribeReply: name "vet", version "1", contract 1.0, kind "exit", points "authorize" and "open".
  (data (i32.const 1024) "\0a\03vet\12\011\18\80\80\04\22\04exit\2a\09authorize\2a\04open")
  ;; A reply that passes: verdict 1.
  (data (i32.const 1152) "\08\01")
  ;; A reply that refuses: verdict 3, code "file.name", public "no test files", detail "its name begins with TEST".
  (data (i32.const 1168) "\08\03\12\09file.name\22\0dno test files\2a\19its name begins with TEST")
  (data (i32.const 1280) "request.file")

  (func (export "postern_abi") (result i32) (i32.const 0x10000))

  ;; Memory for the server: aligned to 16 bytes, 0 when there is none, never moved.
  (func (export "postern_alloc") (param $size i32) (result i32) (local $at i32)
    (local.set $at (global.get $free))
    (if (i32.gt_u (local.get $size) (i32.const 65536)) (then (return (i32.const 0))))
    (if (i32.gt_u (i32.add (local.get $at) (local.get $size)) (i32.const 131072)) (then (return (i32.const 0))))
    (global.set $free (i32.and (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 15)) (i32.const -16)))
    (local.get $at))

  ;; Where a reply lies, above, and how long it is, below.
  (func $reply (param $at i32) (param $size i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32)) (i64.extend_i32_u (local.get $size))))

  (func (export "postern_call") (param $method i32) (param $head i32) (param $head_len i32) (param $body i32) (param $body_len i32) (result i64)
    (if (i32.eq (local.get $method) (i32.const 1)) (then (return (call $reply (i32.const 1024) (i32.const 35)))))
    (if (i32.ge_s (call $fact_get (i32.const 1280) (i32.const 12) (i32.const 2048) (i32.const 256)) (i32.const 4))
      (then (if (i32.eq (i32.load (i32.const 2048)) (i32.const 0x54534554)) ;; "TEST"
        (then (return (call $reply (i32.const 1168) (i32.const 55)))))))
    (call $reply (i32.const 1152) (i32.const 2))))
