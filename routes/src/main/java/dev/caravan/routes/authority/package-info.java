/** The authorities as routes, and how a platform enrols with them. */
package dev.caravan.routes.authority;
