/** Signing and verifying what agents and authorities tell. */
package dev.caravan.routes.event;
