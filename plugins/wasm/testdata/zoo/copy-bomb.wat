;; memory.copy of a mebibyte onto itself, for ever.
;; expect: fuel
;; pages: 64

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (memory.copy (i32.const 65536) (i32.const 65537) (i32.const 1048576)) (br $l))
  unreachable)
