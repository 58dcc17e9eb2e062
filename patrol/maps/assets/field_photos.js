// Photos: made small on the phone, and kept beside what was entered; where they do not fit, in a database.
(function (P) {
  "use strict";
  const SIZES = [1280, 1024, 800, 640]; // the longer side, in pixels
  const ENOUGH = 240000; // characters of base64: about 180 kB
  const memory = new Map(); // what neither store would keep

  async function decoded(file) {
    try {
      return await createImageBitmap(file);
    } catch (error) {
      const reader = new FileReader(), image = new Image(); // older phones: by a data address
      await new Promise((resolve, reject) => {
        reader.onload = resolve;
        reader.onerror = reject;
        reader.readAsDataURL(file);
      });
      image.src = reader.result;
      await image.decode();
      return image;
    }
  }

  // The picture as base64 of a JPEG. Drawing it anew also leaves out what the camera wrote beside it.
  P.shrink = async function (file) {
    const image = await decoded(file), longest = Math.max(image.width, image.height);
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    let data = "";
    for (const size of SIZES) {
      const scale = Math.min(1, size / longest);
      canvas.width = Math.max(1, Math.round(image.width * scale));
      canvas.height = Math.max(1, Math.round(image.height * scale));
      pen.fillStyle = "#fff"; // a JPEG knows no transparency
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      data = canvas.toDataURL("image/jpeg", 0.72).split(",")[1];
      if (data.length <= ENOUGH) break;
    }
    return data;
  };

  function database(mode, ask) {
    return new Promise((resolve, reject) => {
      const open = indexedDB.open("patrol", 1);
      open.onupgradeneeded = () => open.result.createObjectStore("photos");
      open.onerror = () => reject(open.error);
      open.onsuccess = () => {
        const change = open.result.transaction("photos", mode), request = ask(change.objectStore("photos"));
        change.oncomplete = () => { open.result.close(); resolve(request.result); };
        change.onabort = change.onerror = () => { open.result.close(); reject(change.error); };
      };
    });
  }

  // Keep a photo; says whether it outlives the page.
  P.keepPhoto = async function (id, data) {
    if (P.store("photo/" + id, data)) return true;
    try {
      await database("readwrite", (photos) => photos.put(data, P.storeKey("photo/" + id)));
      return true;
    } catch (error) {
      memory.set(id, data);
      return false;
    }
  };

  P.photo = async function (id) {
    const data = memory.get(id) || P.stored("photo/" + id);
    if (data) return data;
    try {
      return (await database("readonly", (photos) => photos.get(P.storeKey("photo/" + id)))) || "";
    } catch (error) { return ""; }
  };

  // Photos that nothing mentions any more, not even a step back.
  P.dropPhotos = function () {
    const known = JSON.stringify(P.state), start = P.storeKey("photo/");
    const lost = (key) => key.startsWith(start) && !known.includes(key.slice(start.length));
    try { Object.keys(localStorage).filter(lost).forEach((key) => localStorage.removeItem(key)); } catch (error) { return; }
    database("readwrite", (photos) => {
      const every = photos.getAllKeys();
      every.onsuccess = () => every.result.filter(lost).forEach((key) => photos.delete(key));
      return every;
    }).catch(() => null);
  };

  P.bytesOf = (data) => Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
})(window.Patrol);
