//! The OCF resource agent `ocf:postkeeper:postfix`.
#![no_main]

postkeeper::entry_point!(postkeeper::agent::main);
