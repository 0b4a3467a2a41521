;; It exports a global under the name of the tank.
;; expect: load
;; says: postern_fuel

(global (export "postern_fuel") (mut i64) (i64.const 9000000000))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
