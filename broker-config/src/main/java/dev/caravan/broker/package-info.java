/** The Artemis broker: embedded by default, standalone by configuration. */
package dev.caravan.broker;
