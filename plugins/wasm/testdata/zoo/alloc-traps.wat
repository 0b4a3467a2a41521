;; Its allocator traps.
;; expect: trap
;; alloc: unreachable

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
