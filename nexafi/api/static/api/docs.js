"use strict";
// The policy of the page allows no inline script, so the start of Swagger UI lives here.
SwaggerUIBundle({
  url: document.getElementById("docs").dataset.schema,
  domNode: document.getElementById("docs"),
  deepLinking: true,
  docExpansion: "none",
  displayRequestDuration: true,
  validatorUrl: null,
});
