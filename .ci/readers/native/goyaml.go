// Reads YAML with go-yaml v3 into the tagged tree of the YAML and JSON readers.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"gopkg.in/yaml.v3"
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
	case int, int64, uint64:
		return []any{"n", fmt.Sprint(value)}
	case float64:
		return []any{"n", fmt.Sprintf("%.17g", value)}
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
	case map[any]any:
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
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	return tag(tree), nil
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println("go-yaml v3 (golang-gopkg-yaml.v3-dev)")
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
