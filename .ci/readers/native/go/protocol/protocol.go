// Package protocol is what every reader does alike: one JSON line for each file, null for one that cannot be read.
package protocol

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

// Run reads every file of the command line. The module is that of the library, whose version is asked for.
func Run[T any](module string, read func(path string) (T, error)) {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println(version(module))
		return
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	failed := false
	for _, path := range os.Args[1:] {
		var line any
		found, err := read(path)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			failed = true
		} else {
			line = found
		}
		if err := encoder.Encode(line); err != nil {
			panic(err)
		}
	}
	if failed {
		os.Exit(1)
	}
}

// RunTree does so for a format of trees, which the library reads into what it is given.
func RunTree(module string, unmarshal func(text []byte, tree any) error) {
	Run(module, func(path string) (any, error) {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var tree any
		if err := unmarshal(text, &tree); err != nil {
			return nil, err
		}
		return Tag(tree), nil
	})
}

// Login notes a login: its values by the names that they have in a secret, or of several by the registry too.
func Login(logins map[string]string, registry, username, password string) {
	before := ""
	if len(logins) > 0 {
		before = registry + " "
	}
	logins[before+"registry"], logins[before+"username"], logins[before+"password"] = registry, username, password
}

// Plain takes what a TOML library made of arrays of tables for what it is.
func Plain(node any) any {
	switch value := node.(type) {
	case []map[string]any:
		items := []any{}
		for _, item := range value {
			items = append(items, Plain(item))
		}
		return items
	case []any:
		for index, item := range value {
			value[index] = Plain(item)
		}
	case map[string]any:
		for key, item := range value {
			value[key] = Plain(item)
		}
	}
	return node
}

// version is that of the module in this program, or of Go.
func version(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return module + " " + dependency.Version
		}
	}
	return module + " of " + info.GoVersion
}

type pair [2]any

// Tag gives the tagged tree of the YAML and JSON readers.
func Tag(node any) any {
	switch value := node.(type) {
	case nil:
		return []any{"z"}
	case string:
		return []any{"s", value}
	case bool:
		return []any{"b", value}
	case json.Number:
		return []any{"n", value.String()}
	case int, int64, uint64:
		return []any{"n", fmt.Sprint(value)}
	case float64:
		return []any{"n", fmt.Sprintf("%.17g", value)}
	case []any:
		items := []any{}
		for _, item := range value {
			items = append(items, Tag(item))
		}
		return []any{"l", items}
	case map[string]any:
		pairs := []any{}
		for key, item := range value {
			pairs = append(pairs, pair{Tag(key), Tag(item)})
		}
		return []any{"m", pairs}
	case map[any]any:
		pairs := []any{}
		for key, item := range value {
			pairs = append(pairs, pair{Tag(key), Tag(item)})
		}
		return []any{"m", pairs}
	default:
		return []any{"?", strings.TrimPrefix(fmt.Sprintf("%T", node), "*")}
	}
}
