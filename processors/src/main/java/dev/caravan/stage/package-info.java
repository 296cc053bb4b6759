/** What each side does in each stage; the routes say in which order. */
package dev.caravan.stage;
