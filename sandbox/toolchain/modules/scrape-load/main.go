// Command scrape-load is both ends of a load test: `serve` is a target of Prometheus with as many series as it is told,
// `ask` sends queries to a PromQL API and measures how long each answer takes.
package main

import (
	"fmt"
	"os"
)

var version = "unknown"

const usage = "usage: scrape-load -v | serve [flags] | ask [-repeat n] [-most duration] <base URL>"

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("%s", usage))
	}
	switch os.Args[1] {
	case "-v":
		fmt.Println("scrape-load", version)
	case "serve":
		fail(serve(os.Args[2:]))
	case "ask":
		fail(ask(os.Args[2:], os.Stdin, os.Stdout))
	default:
		fail(fmt.Errorf("%q isn't known; %s", os.Args[1], usage))
	}
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "scrape-load:", err)
		os.Exit(1)
	}
}
