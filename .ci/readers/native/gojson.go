// Reads JSON with Go's encoding/json into the tagged tree of the YAML and JSON readers.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
)

type pair [2]any

func tag(node any) any {
	switch value := node.(type) {
	case nil:
		return []any{"z"}
	case string:
		return []any{"s", value}
	case bool:
		return []any{"b", value}
	case json.Number:
		return []any{"n", value.String()}
	case []any:
		items := []any{}
		for _, item := range value {
			items = append(items, tag(item))
		}
		return []any{"l", items}
	case map[string]any:
		pairs := []any{}
		for key, item := range value {
			pairs = append(pairs, pair{tag(key), tag(item)})
		}
		return []any{"m", pairs}
	default:
		return []any{"?", fmt.Sprintf("%T", node)}
	}
}

func read(path string) (any, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, fmt.Errorf("text after the value")
	}
	return tag(tree), nil
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println("encoding/json of", runtime.Version())
		return
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	failed := false
	for _, path := range os.Args[1:] {
		tree, err := read(path)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			failed = true
		}
		if err := encoder.Encode(tree); err != nil {
			panic(err)
		}
	}
	if failed {
		os.Exit(1)
	}
}
