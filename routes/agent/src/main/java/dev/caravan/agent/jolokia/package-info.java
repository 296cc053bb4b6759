/** The agent's MBeans over HTTP: who may ask, what, and how much of it. */
package dev.caravan.agent.jolokia;
