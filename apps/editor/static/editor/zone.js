// Tells the server which time zone this browser is in, so that the admin shows dates in it: at the login already, so that
// the first page knows. Without it they are in the site's. The readers' pages never get the cookie: its path is the admin's.
"use strict";
{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const secure = location.protocol === "https:" ? "; secure" : "";
  if (zone) document.cookie = `desk_zone=${zone}; path=/admin/; max-age=31536000; samesite=lax${secure}`;
}
