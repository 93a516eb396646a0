"""The PROXY protocol (versions 1 and 2, HAProxy): a load balancer says whose connection it passes on."""
