package model_test

import (
	"testing"
	"time"

	"github.com/postern/postern/core/catalog"
	"github.com/postern/postern/core/catalog/catalogtest"
	"github.com/postern/postern/core/catalog/model"
)

func TestTheModelKeepsTheContract(t *testing.T) {
	catalogtest.Run(t, func(_ *testing.T, now func() time.Time) catalog.Catalog { return model.New(now) })
}
