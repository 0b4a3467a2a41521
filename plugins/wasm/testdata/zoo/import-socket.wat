;; It wants a socket.
;; expect: load
;; says: sock_open

(import "wasi_snapshot_preview1" "sock_open" (func $sock_open (param i32) (result i32)))
(func $decide (param $method i32) (param $head i32) (param $len i32) (result i64)
  call $pass)
