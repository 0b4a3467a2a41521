;; It notes that it was asked, traps, and would allow everything if it were asked again in that state.
;; expect: trap

(global $asked (mut i32) (i32.const 0))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (if (global.get $asked) (then (return (call $allow))))
  (global.set $asked (i32.const 1))
  unreachable)
