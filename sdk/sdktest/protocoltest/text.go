package protocoltest

import (
	"reflect"
	"unicode/utf8"

	"github.com/postern/postern/sdk"
)

// wrongText finds a text of an event that is not UTF-8. Such an event of a plugin is no message of the contract.
func wrongText(x sdk.Event) (text string, found bool) {
	if x.Hello == nil && x.Welcome == nil && x.Request == nil && x.Grant == nil && x.Reply == nil && x.Refusal == nil {
		return "", false // most are data, and these are walked through thousands of times
	}
	return wrongIn(reflect.ValueOf(x))
}

var secretType = reflect.TypeFor[sdk.Secret]()

func wrongIn(v reflect.Value) (text string, found bool) {
	if v.Type() == secretType {
		secret := v.Interface().(sdk.Secret).Reveal()
		return "(a secret)", !utf8.ValidString(secret)
	}
	switch v.Kind() {
	case reflect.String:
		return v.String(), !utf8.ValidString(v.String())
	case reflect.Pointer:
		if !v.IsNil() {
			return wrongIn(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			if text, found = wrongIn(v.Field(i)); found {
				return text, true
			}
		}
	case reflect.Slice:
		for i := 0; i < v.Len() && v.Type().Elem().Kind() != reflect.Uint8; i++ {
			if text, found = wrongIn(v.Index(i)); found {
				return text, true
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			for _, one := range [...]reflect.Value{it.Key(), it.Value()} {
				if text, found = wrongIn(one); found {
					return text, true
				}
			}
		}
	}
	return "", false
}
