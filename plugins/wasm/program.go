package wasm

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/postern/postern/plugins/wasm/meter"
	"github.com/postern/postern/sdk"
)

// program is a compiled module with the runtime that it lives in. The memory limit is the runtime's, and closing it
// gives everything back, so that each exit has its own; the code it runs may be others' too.
type program struct {
	kind     Kind
	module   meter.Module // without its bytes
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	code     *code
	codes    *codes
}

// check meters a module and holds it against the contract, without running or compiling it.
func check(s *Settings) (meter.Module, Kind, error) {
	m, err := meter.Rewrite(s.Module, meter.Limits{MaxTable: s.Limits.Table, MaxMemoryPages: uint32(s.Limits.Memory / page),
		MaxSize: s.Limits.Module, StartFuel: s.Limits.Fuel})
	if err != nil {
		return m, Auto, err
	}
	kind := kindOf(&m)
	if s.Kind != Auto {
		kind = s.Kind
	}
	return m, kind, checkContract(&m, kind)
}

// compile makes a program. The compiled code is that of another exit with the same module, or comes from the cache, or goes
// there.
func compile(ctx context.Context, s *Settings) (*program, error) {
	m, kind, err := check(s)
	if err != nil {
		return nil, err
	}
	p := &program{kind: kind, code: s.Gate.codes.take(m.Bytes), codes: &s.Gate.codes}
	if err := p.compile(ctx, s, &m); err != nil {
		return nil, errors.Join(err, p.close())
	}
	p.module = m
	p.module.Bytes = nil
	return p, nil
}

func (p *program) compile(ctx context.Context, s *Settings, m *meter.Module) error {
	p.code.making.Lock()
	defer p.code.making.Unlock()
	slot := newCacheSlot(s.CacheDir, m.Bytes, s.Log)
	if p.code.cache != nil {
		slot.touch()
		return p.compileWith(ctx, s, m, p.code.cache)
	}
	cache := slot.open()
	err := p.compileWith(ctx, s, m, cache)
	if err != nil && slot.used() && ctx.Err() == nil {
		slot.drop(err) // it may be to blame
		cache = wazero.NewCompilationCache()
		err = p.compileWith(ctx, s, m, cache)
	}
	if err != nil {
		return err
	}
	slot.seal()
	p.code.cache = cache
	return nil
}

func (p *program) compileWith(ctx context.Context, s *Settings, m *meter.Module, cache wazero.CompilationCache) (err error) {
	p.runtime = wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCoreFeatures(api.CoreFeaturesV2).
		WithMemoryLimitPages(uint32(s.Limits.Memory/page)).WithDebugInfoEnabled(false).WithCloseOnContextDone(false).WithCompilationCache(cache))
	defer func() {
		if r := recover(); r != nil { // a bug of the compiler's that this module found
			err = fmt.Errorf("the compiler failed: %v", r)
		}
		if err != nil {
			err = errors.Join(fmt.Errorf("compile: %w", err), p.runtime.Close(context.Background()))
		}
	}()
	if p.compiled, err = p.runtime.CompileModule(ctx, m.Bytes); err != nil {
		return err
	}
	return instantiateHost(ctx, p.runtime, m)
}

// instantiate makes an instance. A panic is this module's failure: it may happen where nobody waits for the instance.
func (p *program) instantiate(ctx context.Context) (mod api.Module, err error) {
	defer sdk.Caught(&err)
	return p.runtime.InstantiateModule(ctx, p.compiled, anonymous())
}

// least is the memory that an instance begins with, in bytes.
func (p *program) least() int64 {
	if p.module.Memory == nil {
		return 0
	}
	return int64(p.module.Memory.Min) * page
}

// close gives back every instance, and the code if it is nobody else's.
func (p *program) close() error {
	var err error
	if p.runtime != nil {
		err = p.runtime.Close(context.Background())
	}
	return errors.Join(err, p.codes.give(p.code))
}
