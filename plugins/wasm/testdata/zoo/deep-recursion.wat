;; It calls itself until the stack is full.
;; expect: fuel trap

(func $down (param) (local i64 i64 i64 i64) call $down)
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $down
  call $pass)
