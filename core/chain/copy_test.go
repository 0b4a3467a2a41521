package chain

import (
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/postern/postern/sdk"
)

// fill puts something into every field that v can reach.
func fillAll(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.Type() == reflect.TypeFor[*time.Location]() {
			v.Set(reflect.ValueOf(time.UTC))
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		fillAll(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fillAll(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillAll(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, val := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fillAll(key)
		fillAll(val)
		v.SetMapIndex(key, val)
	case reflect.Interface:
		v.Set(reflect.ValueOf(io.ReaderAt(strings.NewReader(""))))
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Bool:
		v.SetBool(true)
	}
}

// shared names what both values point to, apart from files and time zones.
func shared(a, b reflect.Value, path string) (out []string) {
	switch a.Kind() {
	case reflect.Pointer:
		if a.Type() == reflect.TypeFor[*time.Location]() {
			return nil
		}
		if a.Pointer() == b.Pointer() {
			return []string{path}
		}
		return shared(a.Elem(), b.Elem(), path)
	case reflect.Struct:
		for i := range a.NumField() {
			if a.Type().Field(i).IsExported() {
				out = append(out, shared(a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name)...)
			}
		}
	case reflect.Slice, reflect.Map:
		if a.Pointer() == b.Pointer() {
			return []string{path}
		}
		if a.Kind() == reflect.Slice {
			return shared(a.Index(0), b.Index(0), path+"[]")
		}
		for _, k := range a.MapKeys() {
			out = append(out, shared(a.MapIndex(k), b.MapIndex(k), path+"{}")...)
		}
	}
	return out
}

func TestACopyOfTheFactsSharesNothingThatCanBeWritten(t *testing.T) {
	var f sdk.Facts
	fillAll(reflect.ValueOf(&f).Elem())
	c := cloneFacts(&f)
	if !reflect.DeepEqual(&f, c) {
		t.Fatal("the copy differs")
	}
	if s := shared(reflect.ValueOf(&f), reflect.ValueOf(c), "Facts"); s != nil {
		t.Errorf("shared: %v", s)
	}
}

func TestACopyOfChangesSharesNothingThatCanBeWritten(t *testing.T) {
	var s sdk.Changes
	fillAll(reflect.ValueOf(&s).Elem())
	c := cloneChanges(&s)
	if !reflect.DeepEqual(s, c) {
		t.Fatal("the copy differs")
	}
	if s := shared(reflect.ValueOf(s), reflect.ValueOf(c), "Changes"); s != nil {
		t.Errorf("shared: %v", s)
	}
}
