/** The demonstration and the benchmark: a counting client, its container on the move, and the same move by hand. */
package dev.caravan.cli.demo;
