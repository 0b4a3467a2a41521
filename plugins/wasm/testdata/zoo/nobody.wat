;; It exports nothing that could be asked.
;; expect: load
;; says: neither
;; whole

(module (memory (export "memory") 1))
