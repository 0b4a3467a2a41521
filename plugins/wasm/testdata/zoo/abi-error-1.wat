;; It answers with not implemented.
;; expect: abi

(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  i64.const -1)
