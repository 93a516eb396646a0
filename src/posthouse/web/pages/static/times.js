"use strict";

// Times in the reader's own zone and words; without this file they are in UTC.

const words = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });

for (const time of document.querySelectorAll("time[datetime]")) {
  time.title = time.textContent;
  time.textContent = words.format(new Date(time.dateTime));
}
