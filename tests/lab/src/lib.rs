//! Real hosts made of namespaces on one machine.
