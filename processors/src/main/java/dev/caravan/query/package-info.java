/** What operators ask of running agents: lists, states, evidence, cancellation. */
package dev.caravan.query;
