// Package godror stands for the driver of Oracle databases, the one dependency of Alloy that needs a C compiler. It has
// just the names that Alloy's exporter for Oracle uses, and refuses to connect; nothing of Perch's pipelines uses it.
package godror

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/godror/godror/dsn"
)

var errAbsent = errors.New("built without the driver of Oracle databases")

// Password of a connection; never read.
type Password struct{}

// NewPassword drops the password: nothing connects.
func NewPassword(string) Password { return Password{} }

// PoolParams of a connection.
type PoolParams struct {
	SessionIncrement, MaxSessions, MinSessions int
	WaitTimeout                                time.Duration
}

// ConnectionParams of a connection.
type ConnectionParams struct {
	PoolParams
	Username, ConnectString, ConfigDir string
	Password                           Password
	ExternalAuth                       sql.NullBool
	AdminRole                          dsn.AdminRole
}

type connector struct{}

func (connector) Connect(context.Context) (driver.Conn, error) { return nil, errAbsent }

func (connector) Driver() driver.Driver { return absent{} }

type absent struct{}

func (absent) Open(string) (driver.Conn, error) { return nil, errAbsent }

// NewConnector gives a connector that always fails.
func NewConnector(ConnectionParams) driver.Connector { return connector{} }
