// Reads the logins of a secret of the type kubernetes.io/dockerconfigjson with the kubelet's own package, and looks each up
// as for an image.
package main

import (
	"fmt"
	"strings"

	"k8s.io/kubernetes/pkg/credentialprovider"

	"readers/protocol"
)

func read(path string) (map[string]string, error) {
	file, err := credentialprovider.ReadSpecificDockerConfigJSONFile(path)
	if err != nil {
		return nil, err
	}
	keyring := &credentialprovider.BasicDockerKeyring{}
	keyring.Add(nil, file)
	logins := map[string]string{}
	for registry := range file {
		address := strings.TrimPrefix(strings.TrimPrefix(registry, "https://"), "http://")
		image := strings.TrimSuffix(address, "/") + "/image"
		if strings.HasPrefix(address, "index.docker.io/") {
			image = "docker.io/library/image"
		}
		found, ok := keyring.Lookup(image)
		if !ok {
			return nil, fmt.Errorf("no login for %s", image)
		}
		protocol.Login(logins, registry, found[0].Username, found[0].Password)
	}
	return logins, nil
}

func main() {
	protocol.Run("k8s.io/kubernetes", read)
}
