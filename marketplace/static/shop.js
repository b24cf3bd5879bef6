/* Progressive enhancement only: every page works with this file missing. */
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  const token = () =>
    document.querySelector("meta[name=csrf-token]")?.content ||
    document.querySelector("input[name=csrf_token]")?.value;

  /* Same rule as the server: an unsafe request without the token is refused. */
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get" && token()) event.detail.headers["X-CSRFToken"] = token();
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    /* Empty filters would only make the shared address longer. */
    if ("autoForm" in form.dataset) {
      for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
    }
  }, true);

  /* The browser's back button restores the page as it was left, with the empty filters switched off. */
  window.addEventListener("pageshow", () => {
    for (const form of all("form[data-auto-form]"))
      for (const field of form.elements) if (field.name && field.value === "") field.disabled = false;
  });

  document.addEventListener("change", (event) => {
    const field = event.target;
    const automatic = field.closest("form[data-auto-form]");
    if (automatic && field.matches("select, [type=checkbox], [type=radio], [type=date], [type=month]")) automatic.requestSubmit();
    else if ("autoSubmit" in field.dataset) field.form?.requestSubmit();
    if (field.name === "sku_id") follow(field);
    if (field.matches("[data-upload] input[type=file]")) preview(field);
    if (field.closest("[data-regions]") && field.matches("select")) nextRegion(field);
  });

  /* ---- a draft is kept while one writes; when that fails, say so and leave what was written alone ---- */
  const tellKept = (text) => {
    const kept = document.getElementById("kept");
    if (kept) kept.textContent = text;
  };
  document.addEventListener("htmx:sendError", () => tellKept("没有连上网。写的都还在这一页，连上网再存。"));
  document.addEventListener("htmx:responseError", () => tellKept("这次没有存上。写的都还在这一页，过一会儿再点“存草稿”。"));
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "kept" || event.detail.xhr.responseText.includes('id="kept"')) return;
    event.detail.shouldSwap = false;
    tellKept("登录过期了。请另开一页登录，再回来点“存草稿”。");
  });

  /* ---- what was typed outlives a sign-in that ended: this tab keeps it from the click on until the shop has taken it.
     Pages of one card (sign-in, errors) are on the way; on any other it is put back where it was, or forgotten. ---- */
  const KEPT = "kept-form";
  const who = () => document.querySelector("meta[name=csrf-token]")?.dataset.who;
  const typed = (form) => [...form.elements].filter((field) => field.name && field.matches("textarea, select, input:not([type=hidden], [type=password], [type=file], [type=submit])"));
  const isPick = (field) => field.matches("[type=checkbox], [type=radio]");
  /* not form.action and form.method, which are the fields of these names where there are some */
  const addressOf = (form) => new URL(form.getAttribute("action") || "", location).href;
  const whole = (form) => ({
    action: addressOf(form),
    who: who(),
    fields: typed(form).map((field) => [field.name, field.value, isPick(field) ? field.checked : null, field.selectedOptions?.[0]?.text]),
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post" || form.querySelector("[type=password]")) return;
    const sent = whole(form);
    if (!sent.fields.some(([, value, picked]) => picked === null && value)) return;
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(sent));
    } catch { /* no room: it is as before */ }
  });
  const fill = (form, fields) => {
    const left = typed(form);
    for (const [name, value, picked, label] of fields) {
      const place = left.findIndex((field) => field.name === name && (picked === null ? !isPick(field) : isPick(field) && field.value === value));
      if (place < 0) continue;
      const [field] = left.splice(place, 1);
      if (picked !== null) field.checked = picked;
      else if (field.matches("select") && ![...field.options].some((option) => option.value === value)) otherRegions(field, new Option(label, value));
      else field.value = value;
    }
  };
  const formAt = (action) => all("form[method=post]").find((each) => addressOf(each) === action);
  const putBack = (kept) => {
    const form = formAt(kept.action);
    if (!form || (kept.who && kept.who !== who())) return;
    fill(form, kept.fields);
    const note = document.createElement("div");
    note.className = "note warn mb-3";
    note.setAttribute("role", "status");
    note.textContent = "刚才没交上的内容填回来了，请核对后再交一次；选过的文件要重新选。";
    form.prepend(note);
    note.scrollIntoView({ block: "center" });
  };
  /* A page that answers a form is never stored, and Back or a reload would find nothing there: its place in the history
     becomes the page the form stood on, which is asked for anew, and the place keeps what was typed, as Back does. */
  const keepInPlace = (form) => {
    const keep = () => history.replaceState({ ...history.state, kept: whole(form) }, "");
    keep();
    document.addEventListener("change", (event) => event.target.form === form && keep());
  };
  const comeBack = (kept) => {
    const form = formAt(kept.action);
    if (!form || kept.who !== who()) {
      history.replaceState(null, "");
      return;
    }
    fill(form, kept.fields);
    /* what follows from an address (freight, outlets) is asked for as after any change of it, once htmx listens */
    document.addEventListener("DOMContentLoaded", () => form.querySelector("[hx-trigger=change]")?.dispatchEvent(new Event("change")));
    keepInPlace(form);
  };
  const resume = () => {
    const sent = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    const answered = document.querySelector("meta[name=form-page]")?.content;
    if (answered && answered !== location.pathname + location.search) history.replaceState(null, "", answered);
    else if (answered) history.replaceState(null, "");
    if (sent && document.body.matches(".plain-page")) sessionStorage.setItem(KEPT, JSON.stringify({ ...sent, isOnTheWay: true }));
    else {
      sessionStorage.removeItem(KEPT);
      if (sent?.isOnTheWay) putBack(sent);
      else if (history.state?.kept) comeBack(history.state.kept);
      else if (answered && sent && formAt(sent.action)) keepInPlace(formAt(sent.action));
    }
  };

  /* ---- quantity ---- */
  const bounded = (input, value) => Math.min(Math.max(Number.parseInt(value, 10) || 1, 1), Number(input.dataset.max) || 9999);
  const setQuantity = (input, value) => {
    const next = bounded(input, value);
    if (String(next) === input.value) return;
    input.value = next;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const enhance = (root) => {
    for (const button of all("[data-qty] button[hidden], [data-back][hidden]", root)) button.hidden = false;
    for (const button of all("[data-copy][hidden]", root)) button.hidden = !navigator.clipboard;
    for (const button of all("[data-no-script-only]", root)) button.hidden = true;
  };

  /* ---- sheets: a dialog with focus kept inside; :target serves without script ---- */
  const openSheet = (id) => {
    const sheet = id ? document.getElementById(id) : null;
    if (!sheet?.matches("dialog.sheet") || sheet.open || getComputedStyle(sheet).position === "static") return false;
    sheet.showModal();
    return true;
  };

  document.addEventListener("click", (event) => {
    const step = event.target.closest("[data-qty] [data-step]");
    if (step) {
      const input = step.parentElement.querySelector("input");
      setQuantity(input, bounded(input, input.value) + Number(step.dataset.step));
      return;
    }
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-back]")) history.back();
    const copying = event.target.closest("[data-copy]");
    if (copying)
      navigator.clipboard.writeText(document.getElementById(copying.dataset.copy).value).then(() => {
        copying.querySelector("span").textContent = "复制好了";
      });
    const close = event.target.closest("dialog.sheet [data-close]");
    if (close) {
      event.preventDefault();
      close.closest("dialog").close();
      return;
    }
    if (event.target.matches("dialog.sheet")) event.target.close();
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    const id = decodeURIComponent(link.hash.slice(1));
    if (openSheet(id)) event.preventDefault();
    else if ("galleryGo" in link.dataset) {
      event.preventDefault();
      showPicture(id);
    } else if (link.closest(".todo-sum")) {
      const field = document.getElementById(id);
      if (field) {
        event.preventDefault();
        field.scrollIntoView({ block: "center" });
        (field.matches("fieldset") ? field.querySelector("input, select") || field : field).focus({ preventScroll: true });
      }
    }
  });

  /* A menu closes when one looks elsewhere. */
  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of all("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  /* The address to pass on is chosen whole as soon as it is shown. */
  document.addEventListener("toggle", (event) => {
    if (event.target.matches("details.share[open]")) event.target.querySelector("input").select();
  }, true);

  /* ---- gallery ---- */
  const showPicture = (id) => {
    const picture = document.getElementById(id);
    picture?.parentElement.scrollTo({ left: picture.offsetLeft - picture.parentElement.offsetLeft });
  };
  const watchGallery = (gallery) => {
    const strip = gallery.querySelector(".main");
    const count = gallery.querySelector("[data-gallery-count]");
    const thumbs = all("[data-gallery-go]", gallery);
    strip.addEventListener("scroll", () => {
      const at = Math.round(strip.scrollLeft / strip.clientWidth);
      if (count) count.textContent = `${at + 1} / ${strip.children.length}`;
      const film = strip.querySelector("video");
      if (film && strip.children[at] !== film.parentElement) film.pause();
      thumbs.forEach((thumb, index) => (index === at ? thumb.setAttribute("aria-current", "true") : thumb.removeAttribute("aria-current")));
    }, { passive: true });
  };

  /* ---- a packing is chosen: its picture comes, and by two lists of words the other words say what is there with it
     (storefront/choosing.py says it first; without script every word leads to the page that says it) ---- */
  const NONE_MADE = "没有这种";
  const follow = (chosen) => {
    if (chosen.dataset.pic) showPicture(chosen.dataset.pic);
    if (!chosen.dataset.at) return;
    const packings = all("input[data-at]", chosen.closest("[data-axes]")).map((input) => ({ input, at: input.dataset.at.split(" ").map(Number) }));
    const now = packings.find(({ input }) => input === chosen).at;
    for (const option of all("[data-axis]", chosen.closest("[data-axes]"))) {
      const [axis, word] = [Number(option.dataset.axis), Number(option.dataset.word)];
      const ofWord = packings.filter(({ at }) => at[axis] === word);
      const beside = ofWord.find(({ at }) => at[1 - axis] === now[1 - axis]);
      const absence = beside ? beside.input.dataset.absence || "" : NONE_MADE;
      const leadsTo = absence ? ofWord.find(({ input }) => !input.disabled) : beside;
      option.classList.toggle("off", absence !== "");
      option.querySelector("small").textContent = absence;
      if (leadsTo) option.href = `?sku=${leadsTo.input.value}#buy`;
      if (now[axis] === word) option.setAttribute("aria-current", "true");
      else option.removeAttribute("aria-current");
    }
  };
  document.addEventListener("click", (event) => {
    const option = event.target.closest("a[data-axis]");
    if (!option || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const asked = new URL(option.href);
    const input = option.closest("[data-axes]").querySelector(`input[value="${CSS.escape(asked.searchParams.get("sku"))}"]`);
    input.checked = true;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    history.replaceState(history.state, "", asked.search);
  });

  /* ---- the large pictures: a viewer with keys, swipes and a closer look; without script they open by themselves ---- */
  const openViewer = (links, start) => {
    const viewer = document.createElement("dialog");
    viewer.className = "viewer";
    viewer.setAttribute("aria-label", "看大图");
    const button = (cls, label, text) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = cls;
      made.setAttribute("aria-label", label);
      made.textContent = text;
      return made;
    };
    const pane = document.createElement("div");
    pane.className = "pane";
    pane.tabIndex = 0;
    const picture = new Image();
    pane.append(picture);
    const count = document.createElement("p");
    count.className = "count num";
    count.setAttribute("role", "status");
    const shut = button("shut", "关上", "×");
    const before = button("before", "上一张", "‹");
    const after = button("after", "下一张", "›");
    const closer = button("closer", "放大", "放大");
    viewer.append(pane, count, before, after, closer, shut);
    let at = start;
    const enlarge = (large, x = 0.5, y = 0.5) => {
      viewer.classList.toggle("large", large);
      closer.textContent = large ? "缩小" : "放大";
      closer.setAttribute("aria-label", closer.textContent);
      pane.scrollTo((pane.scrollWidth - pane.clientWidth) * x, (pane.scrollHeight - pane.clientHeight) * y);
    };
    const isLarge = () => viewer.classList.contains("large");
    const show = (wanted) => {
      at = (wanted + links.length) % links.length;
      picture.src = links[at].href;
      picture.alt = links[at].querySelector("img").alt;
      count.textContent = links.length > 1 ? `${at + 1} / ${links.length}` : "";
      before.hidden = after.hidden = links.length < 2;
      enlarge(false);
    };
    shut.addEventListener("click", () => viewer.close());
    before.addEventListener("click", () => show(at - 1));
    after.addEventListener("click", () => show(at + 1));
    closer.addEventListener("click", () => enlarge(!isLarge()));
    picture.addEventListener("click", (event) => enlarge(!isLarge(), event.clientX / innerWidth, event.clientY / innerHeight));
    viewer.addEventListener("keydown", (event) => {
      if (event.key === "+" || event.key === "=") enlarge(true);
      else if (event.key === "-") enlarge(false);
      else if (!isLarge() && event.key === "ArrowRight") show(at + 1);
      else if (!isLarge() && event.key === "ArrowLeft") show(at - 1);
      else return;
      event.preventDefault();
    });
    let from = null;
    pane.addEventListener("touchstart", (event) => (from = event.touches.length === 1 && !isLarge() ? event.touches[0] : null), { passive: true });
    pane.addEventListener("touchend", (event) => {
      const across = from ? event.changedTouches[0].clientX - from.clientX : 0;
      if (Math.abs(across) > 40 && links.length > 1) show(at + (across < 0 ? 1 : -1));
      from = null;
    });
    viewer.addEventListener("close", () => {
      viewer.remove();
      links[at].focus();
    });
    document.body.append(viewer);
    show(start);
    viewer.showModal();
    pane.focus();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-zoom]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const links = all("a[data-zoom]", link.closest(".gallery"));
    openViewer(links, links.indexOf(link));
  });

  /* ---- files: say what was chosen before it is sent ---- */
  const preview = (input) => {
    const upload = input.closest("[data-upload]");
    const box = upload.querySelector("[data-previews]");
    box.replaceChildren(...[...input.files].map((file) => {
      const line = document.createElement("span");
      line.className = "previewed";
      if (file.type.startsWith("image/")) {
        const picture = new Image(96, 96);
        picture.alt = "";
        const reader = new FileReader();
        reader.onload = () => (picture.src = reader.result);
        reader.readAsDataURL(file);
        line.append(picture);
      }
      const size = file.size < 1048576 ? `${Math.ceil(file.size / 1024)} KB` : `${(file.size / 1048576).toFixed(1)} MB`;
      line.append(`${file.name} · ${size}`);
      if (file.size > upload.dataset.most * 1048576) {
        const tooLarge = document.createElement("b");
        tooLarge.className = "red";
        tooLarge.textContent = `超过 ${upload.dataset.most} MB，请剪短或压缩再传`;
        line.append(tooLarge);
      }
      if (upload.dataset.names) {
        const name = document.createElement("input");
        name.className = "form-control";
        name.name = "names";
        name.maxLength = 80;
        name.placeholder = upload.dataset.names;
        name.setAttribute("aria-label", `${file.name}：${upload.dataset.names}`);
        line.append(name);
      }
      return line;
    }));
  };

  /* ---- regions: the next level comes when the one above is chosen ---- */
  const within = async (parent) => {
    const answer = await fetch(`/regions/children?parent=${encodeURIComponent(parent)}`, { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).map(({ code, name }) => new Option(name, code)) : [];
  };
  const nextRegion = async (select) => {
    const levels = all("select", select.closest("[data-regions]"));
    const below = levels.slice(levels.indexOf(select) + 1);
    for (const level of below) level.length = 1;
    if (!below.length || !select.value) return;
    const asked = select.value;
    below[0].disabled = true;
    try {
      const found = await within(asked);
      if (select.value === asked) below[0].append(...found);
    } finally {
      below[0].disabled = false;
    }
  };
  /* What was chosen elsewhere than where the page begins: itself at once, and what else there is beside it. */
  const otherRegions = async (select, chosen) => {
    select.append(chosen);
    select.value = chosen.value;
    const levels = all("select", select.closest("[data-regions]") || select.parentElement);
    const above = levels[levels.indexOf(select) - 1];
    if (!above?.value) return;
    const found = await within(above.value);
    if (select.value === chosen.value && found.length) {
      select.length = 1;
      select.append(...found);
      select.value = chosen.value;
    }
  };

  /* ---- suggestions while typing: a combobox whose list is made here; without script the box just searches ---- */
  const suggestFor = (form) => {
    const input = form.querySelector("input[name=q]");
    const list = document.createElement("ul");
    list.className = "suggestions";
    list.id = "suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "搜索建议");
    form.append(list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) input.setAttribute(name, value);
    let timer = 0;
    let asking = null;
    const close = () => {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const choose = (option) => {
      for (const each of list.children) each.setAttribute("aria-selected", String(each === option));
      if (option) {
        input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      } else input.removeAttribute("aria-activedescendant");
    };
    const show = (items) => {
      list.replaceChildren(...items.map((item, index) => {
        const option = document.createElement("li");
        option.id = `suggestion-${index}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.href = item.href;
        const text = document.createElement("span");
        const kind = document.createElement("small");
        text.textContent = item.text;
        kind.textContent = item.kind;
        option.append(text, kind);
        return option;
      }));
      list.hidden = items.length === 0 || document.activeElement !== input;
      input.setAttribute("aria-expanded", String(!list.hidden));
      input.removeAttribute("aria-activedescendant");
    };
    const ask = async () => {
      const typed = input.value.trim();
      asking?.abort();
      if (!typed) return close();
      asking = new AbortController();
      try {
        const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(typed)}`, { headers: { Accept: "application/json" }, signal: asking.signal });
        if (answer.ok) show((await answer.json()).items);
      } catch (error) {
        if (error.name !== "AbortError") close();
      }
    };
    input.addEventListener("input", (event) => {
      if (event.isComposing) return;
      clearTimeout(timer);
      timer = setTimeout(ask, 150);
    });
    input.addEventListener("compositionend", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, 150);
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || list.hidden) return;
      const options = [...list.children];
      const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
      if (event.key === "Escape") close();
      else if (event.key === "ArrowDown") choose(options[at + 1] || options[0]);
      else if (event.key === "ArrowUp") choose(at > 0 ? options[at - 1] : options[options.length - 1]);
      else if (event.key === "Enter" && at >= 0) location.assign(options[at].dataset.href);
      else return;
      event.preventDefault();
    });
    /* mousedown would take the focus, and with it the list, before the click arrives */
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) location.assign(option.dataset.href);
    });
    input.addEventListener("blur", close);
  };

  /* a wording put into the field it is for, after what stands there */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill]");
    const field = button && document.querySelector(button.dataset.fill);
    if (!field) return;
    field.value = field.value.trim() ? field.value.trim() + button.dataset.text : button.dataset.text;
    field.focus();
  });

  enhance(document);
  all("form[data-suggest]").forEach(suggestFor);
  all(".gallery").forEach(watchGallery);
  const openFromAddress = () => openSheet(decodeURIComponent(location.hash.slice(1)));
  window.addEventListener("hashchange", openFromAddress);
  openFromAddress();
  document.querySelector("[data-focus]")?.focus();
  /* On a phone these are strips: bring the place one is at into sight. */
  for (const here of all(".desk-nav [aria-current], .chain [aria-current]"))
    here.parentElement.scrollLeft = here.offsetLeft - (here.parentElement.clientWidth - here.offsetWidth) / 2;
  document.addEventListener("htmx:load", (event) => enhance(event.target));
  resume();
})();
