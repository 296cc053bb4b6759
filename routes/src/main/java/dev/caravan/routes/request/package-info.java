/** Signing and verifying what operators send. */
package dev.caravan.routes.request;
