;; An exit that looks into a finished file: at verify it passes a file whose first line is "number,amount" and refuses
;; every other. Only what "postern demo" shows lies here; docs/plugins/wasm.md and examples/ say how one writes an exit.
(module
  ;; What it asks the server for: bytes of the transfer's file, which the grant "file" allows.
  (import "postern_v1" "file_read" (func $file_read (param i64 i32 i32) (result i32)))

  (memory (export "memory") 2)
  (global $free (mut i32) (i32.const 4096))

  ;; DescribeReply: name "columns", version "1", contract 1.0, kind "exit", point "verify", grant "file".
  (data (i32.const 1024) "\0a\07columns\12\011\18\80\80\04\22\04exit\2a\06verify\32\04file")
  ;; A reply that passes: verdict 1.
  (data (i32.const 1152) "\08\01")
  ;; A reply that refuses: verdict 3, code "data.rejected", what the peer is told, what the catalog is told.
  (data (i32.const 1168) "\08\03\12\0ddata.rejected\22\20these are not the columns agreed\2a\23the first line is not number,amount")
  (data (i32.const 1280) "number,amount\0a")

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

  ;; Whether the file begins with the line that it has to have, 14 bytes.
  (func $right (result i32)
    (if (i32.ne (call $file_read (i64.const 0) (i32.const 2048) (i32.const 14)) (i32.const 14)) (then (return (i32.const 0))))
    (i32.and
      (i64.eq (i64.load (i32.const 2048)) (i64.load (i32.const 1280)))
      (i64.eq (i64.load (i32.const 2054)) (i64.load (i32.const 1286)))))

  (func (export "postern_call") (param $method i32) (param $head i32) (param $head_len i32) (param $body i32) (param $body_len i32) (result i64)
    (if (i32.eq (local.get $method) (i32.const 1)) (then (return (call $reply (i32.const 1024) (i32.const 36)))))
    (if (call $right) (then (return (call $reply (i32.const 1152) (i32.const 2)))))
    (call $reply (i32.const 1168) (i32.const 88))))
