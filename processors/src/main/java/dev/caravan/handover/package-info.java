/** Hand-over: what a side does about a migration that a crash or a silence has left in doubt. */
package dev.caravan.handover;
