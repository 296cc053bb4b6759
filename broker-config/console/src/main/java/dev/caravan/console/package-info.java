/** The Hawtio console. */
package dev.caravan.console;
