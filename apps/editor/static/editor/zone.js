// Sets a cookie with the time zone of this browser, in which the admin then shows dates (otherwise in the site's zone).
// The login page sets it already, for the first page. Its path is the admin's, so the public pages never receive it.
"use strict";
{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [prefix, secure] = location.protocol === "https:" ? ["__Secure-", "; secure"] : ["", ""];
  if (zone) document.cookie = `${prefix}desk_zone=${zone}; path=/admin/; max-age=31536000; samesite=lax${secure}`;
}
