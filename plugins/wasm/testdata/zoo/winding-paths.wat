;; It asks for a file through two thousand folders that are all the same one.
;; expect: fuel deadline
;; deadline: 5s
;; grants: folder

(import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (local $i i32)
  (loop $p
    (i32.store8 (i32.add (i32.const 40000) (local.get $i)) (i32.const 46))
    (i32.store8 (i32.add (i32.const 40001) (local.get $i)) (i32.const 47))
    (br_if $p (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 2))) (i32.const 4000))))
  (loop $l (drop (call $stat (i32.const 3) (i32.const 1) (i32.const 40000) (i32.const 4000) (i32.const 45000))) (br $l))
  unreachable)
