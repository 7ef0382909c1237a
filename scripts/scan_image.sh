#!/bin/sh
# Scan a container image that this machine has for known vulnerabilities, and fail on those that are high or critical
# and have a fix. usage: sh scripts/scan_image.sh IMAGE
set -eu
# trivy 0.74.0, by digest: a scanner reads everything.
scanner=aquasec/trivy@sha256:62b1e65e8869bc4b4c6aa4fa2b21595256c7c2f6018a9d9ad61caf87187c1969
docker run --rm --volume /var/run/docker.sock:/var/run/docker.sock:ro "$scanner" image \
  --exit-code 1 --severity HIGH,CRITICAL --ignore-unfixed --scanners vuln,secret --no-progress "$1"
