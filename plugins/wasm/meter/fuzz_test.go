package meter_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/postern/postern/plugins/wasm/meter"
)

// FuzzRewrite feeds anything: no panic, a typed refusal, a bounded result; and a module that goes through compiles
// metered if and only if it compiles plain.
func FuzzRewrite(f *testing.F) {
	f.Add(richModule())
	f.Add(with(loop(br(0))))
	f.Add(with(i32c(0), i32c(0), i32c(9), 0xfc, 11, 0, i32c(1), 0x40, 0, drop))
	f.Add(with(0xfd, 12, make([]byte, 16), 0xfd, 0x4d, 0xfd, 0x83, 1, drop))
	f.Add(with(i32c(0), 0x04, 0x7f, i32c(1), 0x05, i32c(2), end, 0x0e, 1, 0, 0))
	for seed := range uint64(8) {
		f.Add(generate(seed).module)
	}
	for _, build := range attacks {
		w := new(wasm)
		if build(w); len(w.bytes()) < 4096 {
			f.Add(w.bytes())
		}
	}
	compiler := newRuntime(f, wazero.NewRuntimeConfigCompiler())
	f.Fuzz(func(t *testing.T, module []byte) {
		m, err := meter.Rewrite(module, meter.Limits{MaxSize: 64 << 10})
		if err != nil {
			var refused *meter.Error
			if !errors.As(err, &refused) || refused.Offset < 0 || refused.Offset > len(module) {
				t.Errorf("no refusal with a place in the module: %#v", err)
			}
			return
		}
		if most := 28*len(module) + 128; len(m.Bytes) > most {
			t.Errorf("%d bytes became %d, want at most %d", len(module), len(m.Bytes), most)
		}
		if again, err := meter.Rewrite(module, meter.Limits{MaxSize: 64 << 10}); err != nil || !bytes.Equal(again.Bytes, m.Bytes) {
			t.Errorf("the same module is rewritten in two ways: %v", err)
		}
		if _, err := meter.Rewrite(m.Bytes, meter.Limits{}); !errors.Is(err, meter.ErrReserved) {
			t.Errorf("a metered module is metered again: %v", err)
		}
		compilesAlike(t, compiler, module, m.Bytes)
	})
}

// compilesAlike holds both ways for a module without custom sections: those can be malformed, and are dropped.
func compilesAlike(t *testing.T, r wazero.Runtime, module, metered []byte) {
	plain, errPlain := r.CompileModule(t.Context(), module)
	if errPlain == nil {
		defer plain.Close(t.Context())
	}
	fuelled, errMetered := r.CompileModule(t.Context(), metered)
	if errMetered == nil {
		defer fuelled.Close(t.Context())
	}
	if errPlain == nil && errMetered != nil {
		t.Errorf("a valid module is invalid with the meter: %v", errMetered)
	}
	if errPlain != nil && errMetered == nil && !hasCustom(module) {
		t.Errorf("an invalid module is valid with the meter; plain: %v", errPlain)
	}
}

// hasCustom walks over the sections of a module that went through.
func hasCustom(module []byte) bool {
	for at := 8; at < len(module); {
		if module[at] == 0 {
			return true
		}
		size, shift := 0, 0
		for at++; ; at++ {
			size |= int(module[at]&0x7f) << shift
			if shift += 7; module[at] < 0x80 {
				break
			}
		}
		at += 1 + size
	}
	return false
}
