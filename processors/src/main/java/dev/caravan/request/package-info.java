/** Migration requests: what an operator may ask for, and how it is checked before anything acts on it. */
package dev.caravan.request;
