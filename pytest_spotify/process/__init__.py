"""What is done to the whole process: client libraries are intercepted, the network is refused."""
