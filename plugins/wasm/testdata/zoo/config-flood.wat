;; It asks for all its settings for ever.
;; expect: fuel

(import "postern_v1" "config_get" (func $config_get (param i32 i32 i32 i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  (loop $l (drop (call $config_get (i32.const 0) (i32.const 0) (i32.const 41000) (i32.const 4096))) (br $l))
  unreachable)
