;; memory.fill of a mebibyte, for ever: few instructions, much work.
;; expect: fuel
;; pages: 32

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (memory.fill (i32.const 65536) (i32.const 7) (i32.const 1048576)) (br $l))
  unreachable)
