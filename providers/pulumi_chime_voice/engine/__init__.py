"""What a dynamic resource needs from Pulumi: its declaration in the program, and its provider in the plugin process."""
