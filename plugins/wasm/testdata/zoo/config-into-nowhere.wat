;; Its settings should go where it has no memory.
;; expect: answer

(import "postern_v1" "config_get" (func $config_get (param i32 i32 i32 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (if (i32.ge_s (call $config_get (i32.const 0) (i32.const 0) (i32.const -16) (i32.const 4096)) (i32.const 0)) (then (return (call $allow))))
  call $pass)
