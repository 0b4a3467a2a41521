;; It would notice if it were asked while it answers, and then allows everything.
;; expect: answer

(global $busy (mut i32) (i32.const 0))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (if (global.get $busy) (then (return (call $allow))))
  (global.set $busy (i32.const 1))
  (local.set $len (i32.const 100000))
  (loop $l (br_if $l (local.tee $len (i32.sub (local.get $len) (i32.const 1)))))
  (global.set $busy (i32.const 0))
  call $pass)
