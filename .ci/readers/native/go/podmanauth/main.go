// Reads the logins of an authentication file with the package that Podman, Buildah, Skopeo and CRI-O share.
package main

import (
	"go.podman.io/image/v5/pkg/docker/config"
	"go.podman.io/image/v5/types"

	"readers/protocol"
)

func read(path string) (map[string]string, error) {
	found, err := config.GetAllCredentials(&types.SystemContext{AuthFilePath: path})
	if err != nil {
		return nil, err
	}
	logins := map[string]string{}
	for registry, login := range found {
		// Docker Hub by the name that images have.
		if registry == "docker.io" {
			registry = "https://index.docker.io/v1/"
		}
		protocol.Login(logins, registry, login.Username, login.Password)
	}
	return logins, nil
}

func main() {
	protocol.Run("go.podman.io/image/v5", read)
}
