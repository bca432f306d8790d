// Package dsn has the roles in which one can connect to an Oracle database.
package dsn

// AdminRole of a connection.
type AdminRole string

// The roles, as the database calls them.
const (
	NoRole    AdminRole = ""
	SysDBA    AdminRole = "SYSDBA"
	SysOPER   AdminRole = "SYSOPER"
	SysBACKUP AdminRole = "SYSBACKUP"
	SysDG     AdminRole = "SYSDG"
	SysKM     AdminRole = "SYSKM"
	SysRAC    AdminRole = "SYSRAC"
	SysASM    AdminRole = "SYSASM"
)
