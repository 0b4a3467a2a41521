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
// gives everything back, so that each module has its own.
type program struct {
	kind     Kind
	module   meter.Module // without its bytes
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	cache    wazero.CompilationCache
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

// compile makes a program. The compiled code comes from the cache, or goes there.
func compile(ctx context.Context, s *Settings) (*program, error) {
	m, kind, err := check(s)
	if err != nil {
		return nil, err
	}
	slot := newCacheSlot(s.CacheDir, m.Bytes, s.Log)
	p, err := compileWith(ctx, s, &m, slot.open())
	if err != nil && slot.used() && ctx.Err() == nil {
		slot.drop(err) // it may be to blame
		p, err = compileWith(ctx, s, &m, nil)
	}
	if err != nil {
		return nil, err
	}
	slot.seal()
	p.kind, p.module = kind, m
	p.module.Bytes = nil
	return p, nil
}

func compileWith(ctx context.Context, s *Settings, m *meter.Module, cache wazero.CompilationCache) (p *program, err error) {
	config := wazero.NewRuntimeConfig().WithCoreFeatures(api.CoreFeaturesV2).WithMemoryLimitPages(uint32(s.Limits.Memory / page)).
		WithDebugInfoEnabled(false).WithCloseOnContextDone(false)
	if cache != nil {
		config = config.WithCompilationCache(cache)
	}
	p = &program{runtime: wazero.NewRuntimeWithConfig(ctx, config), cache: cache}
	defer func() {
		if r := recover(); r != nil { // a bug of the compiler's that this module found
			err = fmt.Errorf("the compiler failed: %v", r)
		}
		if err != nil {
			err = errors.Join(fmt.Errorf("compile: %w", err), p.close())
			p = nil
		}
	}()
	if p.compiled, err = p.runtime.CompileModule(ctx, m.Bytes); err != nil {
		return p, err
	}
	return p, instantiateHost(ctx, p.runtime, m)
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

// close gives back the code and every instance.
func (p *program) close() error {
	ctx := context.Background()
	err := p.runtime.Close(ctx)
	if p.compiled != nil {
		err = errors.Join(err, p.compiled.Close(ctx))
	}
	if p.cache != nil {
		err = errors.Join(err, p.cache.Close(ctx))
	}
	return err
}
