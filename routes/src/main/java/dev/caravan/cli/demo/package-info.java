/** The demonstration: a counting client, its container on the move, and the same move by hand to compare with. */
package dev.caravan.cli.demo;
